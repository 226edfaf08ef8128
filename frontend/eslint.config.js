import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

/** only says which folders a folder may not import from. */
const not = (files, patterns, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
});

const features = [
  "start",
  "home",
  "source",
  "inventory",
  "records",
  "clean",
  "mapping",
  "target",
  "run",
  "held",
  "check",
  "report",
  "delta",
  "connect",
  "rebuild",
  "profile",
  "keep",
  "spots",
];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/wailsjs", "e2e", "coverage"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { "react-hooks": reactHooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-unnecessary-condition": "error",
    },
  },
  { files: ["eslint.config.js"], ...tseslint.configs.disableTypeChecked },
  // Imports go api, components -> features -> app, and never across features.
  not(["src/api/**"], ["**/features/**", "**/app/**", "**/components/**"], "The API layer knows no screens."),
  not(["src/components/**"], ["**/features/**", "**/app/**"], "Components know no feature."),
  ...features.map((name) =>
    not(
      [`src/features/${name}/**`],
      ["**/app/**", "**/wailsjs/**", ...features.filter((n) => n !== name).map((n) => `**/${n}/*`)],
      "A feature imports neither the app nor another feature.",
    ),
  ),
  {
    files: ["src/**"],
    ignores: ["src/api/**", "src/test/**", "**/*.test.ts", "**/*.test.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "MemberExpression[object.name='window'][property.name=/^(go|runtime)$/]", message: "Only src/api talks to Go." },
      ],
    },
  },
);
