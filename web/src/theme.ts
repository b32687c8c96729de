import { createTheme } from "@mantine/core";

/** Every colour, radius and space of the pages comes from here. */
export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: 8,
  autoContrast: true,
  // Where black and white are read equally well on a ground.
  luminanceThreshold: 0.179,
  defaultRadius: "md",
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace",
  headings: { fontWeight: "650" },
  cursorType: "pointer",
  components: {
    // A place for the focus that is no item of the menu has no business in it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // Narrow windows have no room for a time, local and in UTC, in one line.
    Tooltip: { defaultProps: { multiline: true, maw: "min(22rem, calc(100vw - 1rem))" } },
  },
});
