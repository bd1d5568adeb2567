// The tokens of assets/markdown/formula_syntax.js.

import "micromark-util-types";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    formulaBlock: "formulaBlock";
    formulaData: "formulaData";
    formulaSign: "formulaSign";
    formulaText: "formulaText";
  }
}
