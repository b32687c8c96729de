import { z } from "zod";

export const CATEGORIES_PATH = "/api/v1/repository-categories";

/** Docker Hub's, by the words of its addresses. */
export const CATEGORIES = {
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
} as const;

export type Category = keyof typeof CATEGORIES;

export const category = z.enum(Object.keys(CATEGORIES) as [Category, ...Category[]]);

const MOST = 3;

/** What a repository is filed under; all at once. */
export const repositoryCategories = z.strictObject({
  categories: z
    .array(category)
    .max(MOST)
    .describe(`Up to ${MOST}; an empty list files it under nothing`),
});
