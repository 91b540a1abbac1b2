// @ts-check
/** The catalogue of metrics; to a browser `assets.ts` serves it as data. */
export { CATALOGUE } from "../../../catalogue.ts";
