import type { Problem } from "./types";

/** FormulaPiece is a part of a formula's text, for its colour. to is the character behind the last. */
export interface FormulaPiece {
  /** text, number, field, function, name, constant, operator, bracket or wrong. */
  kind: string;
  from: number;
  to: number;
}

/** FormulaFix is a change of the text that mends a mistake. */
export interface FormulaFix {
  label: string;
  from: number;
  to: number;
  text: string;
}

/** FormulaMistake is why a formula cannot be used, and what would mend it. */
export interface FormulaMistake {
  problem: Problem;
  from: number;
  to: number;
  fixes: FormulaFix[];
}

/** FormulaProposal is what could stand at the cursor. */
export interface FormulaProposal {
  kind: string;
  label: string;
  insert: string;
  /** How many characters before the end of what is inserted the cursor then stands. */
  back: number;
  use: string;
  help: string;
}

/** FormulaFunction describes a function; argument is the number of the one at the cursor. */
export interface FormulaFunction {
  name: string;
  use: string;
  help: string;
  group: string;
  own: boolean;
  differs: string;
  argument: number;
}

/** FormulaLook is what the editor of a formula shows. */
export interface FormulaLook {
  pieces: FormulaPiece[];
  mistake: FormulaMistake | null;
  /** What a proposal replaces. */
  from: number;
  to: number;
  proposals: FormulaProposal[];
  within: FormulaFunction | null;
}

/** FormulaHelp lists the functions, and how they differ from Excel's. */
export interface FormulaHelp {
  functions: FormulaFunction[];
  differences: string;
}
