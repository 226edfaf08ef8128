// What contract.ts says of types.ts, said of types-formula.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types-formula";

interface Pairs {
  apiFormulaPiece: [api.FormulaPiece, mine.FormulaPiece];
  apiFormulaFix: [api.FormulaFix, mine.FormulaFix];
  apiFormulaMistake: [api.FormulaMistake, mine.FormulaMistake];
  apiFormulaProposal: [api.FormulaProposal, mine.FormulaProposal];
  apiFormulaFunction: [api.FormulaFunction, mine.FormulaFunction];
  apiFormulaLook: [api.FormulaLook, mine.FormulaLook];
  apiFormulaHelp: [api.FormulaHelp, mine.FormulaHelp];
}

export type CheckedFormula = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
