/** What is stored, pulled, pushed and freed over time. */
export const usage = {
  title: "Usage over time",
  span: "Time that is shown",
  stored: "Stored",
  traffic: "Pulls and pushes",
  pulls: "Pulls",
  pushes: "Pushes",
  asTable: "As a table",
  nothingYet:
    "Nothing was noted yet: the first numbers are there within a minute of the first push.",
  grows: "What grows",
  growsExplain: "Repositories that grew most in the last seven days.",
  nothingGrew: "Nothing grew in the last seven days.",
  now: "Now",
  grewBy: "Grew by",
  freedTitle: "What collection freed",
  freed: "Freed",
  nothingFreed: "Nothing was freed in these days.",
};
