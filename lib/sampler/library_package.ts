/**
 * The package systeminformation itself, and what samples by it. It is imported by nobody by name: the
 * executables for systems with a /proc are compiled without it, those for others are told to include
 * this file.
 */
export { default as library } from "systeminformation";
export { SysteminformationSampler } from "./systeminformation.ts";
