import {
  Button, createTheme, defaultVariantColorsResolver, Modal, Tooltip, type CSSVariablesResolver, type MantineColorsTuple, type VariantColorsResolver,
} from "@mantine/core";
import { words } from "../components/strings";

// With styles/tokens.css the only place that knows a colour: the kit asks for ten shades.
const accent: MantineColorsTuple = [
  "#e3f1f3", "#cbe4e8", "#a3d3d9", "#7fc3cd", "#4fb3c1", "#2a929f", "#137a88", "#0b6472", "#08525e", "#063f48",
];
const red: MantineColorsTuple = [
  "#fbe9e7", "#f6d2cf", "#f2b3ae", "#f0857d", "#ef857c", "#dc564c", "#c6372e", "#b3261e", "#941d16", "#76160f",
];

const dark: MantineColorsTuple = [
  "#e7ebef", "#aab4bf", "#8f9aa5", "#6b7684", "#3b4450", "#2b323b", "#222831", "#1b2027", "#171c22", "#14181d",
];

/** colors takes the colours of buttons from tokens.css, so that both schemes keep their contrast. */
const colors: VariantColorsResolver = (input) => {
  const primary = input.color === undefined || input.color === "accent";
  const red = input.color === "red";
  if (input.variant === "filled" && primary) return { background: "var(--accent)", hover: "var(--accent-hover)", color: "var(--on-accent)", border: "1px solid transparent" };
  if (input.variant === "light" && primary) return { background: "var(--accent-soft)", hover: "var(--accent-soft-hover)", color: "var(--accent-text)", border: "1px solid var(--accent-soft-rule)" };
  if (input.variant === "outline" && red) return { background: "transparent", hover: "var(--fail-soft)", color: "var(--fail)", border: "1px solid var(--fail)" };
  if (input.variant === "subtle" && input.color === "gray") return { background: "transparent", hover: "var(--row-hover)", color: "var(--text-soft)", border: "1px solid transparent" };
  return defaultVariantColorsResolver(input);
};

export const theme = createTheme({
  fontFamily: "var(--font-sans)",
  fontFamilyMonospace: "var(--font-mono)",
  headings: { fontFamily: "var(--font-sans)", fontWeight: "600" },
  fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "16px", xl: "18px" },
  lineHeights: { xs: "16px", sm: "20px", md: "20px", lg: "24px", xl: "26px" },
  defaultRadius: "6px",
  cursorType: "pointer",
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 4 },
  variantColorResolver: colors,
  focusRing: "auto",
  respectReducedMotion: true,
  colors: { accent, red, dark },
  components: {
    Button: Button.extend({ defaultProps: { size: "sm" }, styles: { label: { fontWeight: 500 } } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, closeButtonProps: { "aria-label": words.close }, attributes: { header: { role: "presentation" } }, overlayProps: { color: "var(--overlay)", backgroundOpacity: 1 }, transitionProps: { duration: 140 } },
      styles: { title: { fontSize: 18, lineHeight: "26px", fontWeight: 600 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
  },
});

/** variables gives the kit the meanings of tokens.css. */
export const variables: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-body": "var(--raised)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--text-soft)",
    "--mantine-color-placeholder": "var(--text-faint)",
    "--mantine-color-anchor": "var(--accent)",
    "--mantine-color-default": "var(--raised)",
    "--mantine-color-default-hover": "var(--row-hover)",
    "--mantine-color-default-color": "var(--text)",
    "--mantine-color-default-border": "var(--rule-strong)",
    "--mantine-color-error": "var(--fail)",
    "--input-bd": "var(--control-border)",
  };
  return { variables: {}, light: both, dark: both };
};
