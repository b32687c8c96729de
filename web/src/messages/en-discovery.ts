import { counted } from "./counted.ts";

/** By what repositories are found beside their names, and what happens in them. */
export const discovery = {
  category: "Category",
  anyCategory: "All categories",
  architecture: "Architecture",
  anyArchitecture: "All architectures",
  signed: "Signed",
  verified: "Verified publisher",
  signatures: (count: string) =>
    counted(count, "signature that counts here", "signatures that count here"),
  choose: "Filed under",
  chooseHint: "Up to three. Searches find the repository by them.",
  categories: {
    "api-management": "API management",
    "content-management-system": "Content management systems",
    "data-science": "Data science",
    "databases-and-storage": "Databases and storage",
    "developer-tools": "Developer tools",
    "integration-and-delivery": "Integration and delivery",
    "internet-of-things": "Internet of things",
    "languages-and-frameworks": "Languages and frameworks",
    "machine-learning-and-ai": "Machine learning and AI",
    "message-queues": "Message queues",
    "monitoring-and-observability": "Monitoring and observability",
    networking: "Networking",
    "operating-systems": "Operating systems",
    security: "Security",
    "web-analytics": "Web analytics",
    "web-servers": "Web servers",
  },
  activity: "Activity",
  activityOf: (repository: string) => `Activity of ${repository}`,
  moved: (tag: string) => `Tag ${tag}`,
};

/** What of an image is pulled by everybody and seen by nobody. */
export const waste = {
  title: "Files that waste space",
  states: {
    waiting: "The layers are compared with the image's scan, which waits.",
    done: "The layers were not compared.",
    failed: "The scan failed.",
    nothing: "There is nothing to compare.",
  },
  sum: (hidden: string, bytes: string, percent: string) =>
    `${hidden} of ${bytes} are hidden by later layers. Efficiency, as dive counts it: ${percent} %.`,
  files: "Files",
  hidden: "Hidden",
  more: (count: string) => ` and ${count} more`,
};
