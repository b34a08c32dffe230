// What one script runs in. The worker sets `__given` to JSON text and gets JSON text back.
(function () {
  "use strict";
  const given = JSON.parse(globalThis.__given);
  delete globalThis.__given;

  // Taken before the script can replace them.
  const Compile = Function;
  const freeze = Object.freeze;
  const isArray = Array.isArray;
  const toJson = JSON.stringify;

  const MOST_LINES = 1000;
  const MOST_CHARACTERS = 65536;
  const logs = [];
  let written = 0;

  function asText(value) {
    if (typeof value === "string") return value;
    try {
      const text = toJson(value);
      return text === undefined ? String(value) : text;
    } catch (error) {
      return "[cannot be shown]";
    }
  }

  function log(...values) {
    let line = "";
    for (let index = 0; index < values.length; index += 1) line += (index ? " " : "") + asText(values[index]);
    if (logs.length >= MOST_LINES || written >= MOST_CHARACTERS) return;
    line = line.slice(0, MOST_CHARACTERS - written);
    written += line.length;
    logs[logs.length] = line;
  }

  function refuse() {
    throw new EvalError("Code cannot be made from text here");
  }

  function harden() {
    const functions = [function () {}, async function () {}, function* () {}, async function* () {}];
    for (const one of functions) {
      const fixed = { value: refuse, writable: false, enumerable: false, configurable: false };
      Object.defineProperty(Object.getPrototypeOf(one), "constructor", fixed);
    }
    const absent = [
      "eval", "Function", "performance", "WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef",
      "FinalizationRegistry", "queueMicrotask", "navigator", "gc", "scriptArgs", "print", "btoa", "atob", "DOMException",
    ];
    for (const name of absent) delete globalThis[name];
    globalThis.console = freeze({ log, info: log, warn: log, error: log, debug: log });
  }

  function kindOf(value) {
    return isArray(value) ? "an array" : `a ${typeof value}`;
  }

  function outcome() {
    const script = new Compile("input", "workflow_data", "context", "secrets", given.code);
    harden();
    const result = script.call(undefined, given.input, given.workflow_data, given.context, freeze(given.secrets));
    if (result === undefined || result === null) return {};
    if (typeof result !== "object" || isArray(result)) {
      throw new TypeError(`The script returned ${kindOf(result)}, not an object`);
    }
    if (typeof result.then === "function") {
      throw new TypeError("The script returned a promise, and nothing asynchronous runs here");
    }
    const value = toJson(result);
    if (value === undefined || value[0] !== "{") throw new TypeError("The script returned no plain object");
    return { value };
  }

  // The line within the script, which the engine compiles behind two lines of its own. The frames end with ours.
  function lineOf(error) {
    for (const frame of String(error.stack).split("\n")) {
      const found = /at (\S*) ?\(?<input>:(\d+)/.exec(frame);
      if (found && found[1] === "outcome") return null;
      if (found && found[1] !== "refuse") return found[2] > 2 ? found[2] - 2 : null;
    }
    return null;
  }

  function told(error) {
    try {
      // What the engine throws when it has no memory left for an error, or no stack for the result.
      if (error === null) return { name: "InternalError", message: "Out of memory, or nested too deeply", line: null };
      if (!(error instanceof Error)) return { name: "Error", message: asText(error), line: null };
      return { name: String(error.name), message: String(error.message), line: lineOf(error) };
    } catch (again) {
      return { name: "Error", message: "The error cannot be shown", line: null };
    }
  }

  let reply;
  try {
    reply = { ok: true, logs, ...outcome() };
  } catch (error) {
    reply = { ok: false, logs, error: told(error) };
  }
  return toJson(reply);
})();
