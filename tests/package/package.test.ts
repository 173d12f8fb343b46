/**
 * The npm package, packed and installed as a user has it. What every runtime has in common is in tests/suite.
 *
 * One file runs all parts, since each process would have to pack the package again.
 */
import "./tarball.ts";
import "./licences.ts";
import "./types.ts";
import "./http.ts";
import "./notifications.ts";
import "./fetch.ts";
import "./programs.ts";
import "./archive.ts";
import "./sandbox.ts";
import "./bin.ts";
import "./workers.ts";
