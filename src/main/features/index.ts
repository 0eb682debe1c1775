/** Dataset → design matrix. */
export { buildDesign } from './build-design.ts';
export type { DesignOptions } from './build-design.ts';
