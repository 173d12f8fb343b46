/**
 * The npm package, packed and installed as a user has it.
 *
 * One file runs all parts, since each process would have to pack the package again.
 */
import "./tarball.ts";
import "./licences.ts";
import "./types.ts";
import "./signature.ts";
import "./request.ts";
import "./status.ts";
import "./unknown.ts";
import "./retries.ts";
import "./abort.ts";
import "./wait.ts";
import "./many.ts";
import "./many-left.ts";
import "./fetch.ts";
import "./lifetime.ts";
import "./archive.ts";
import "./bin.ts";
import "./notification.ts";
import "./workers.ts";
