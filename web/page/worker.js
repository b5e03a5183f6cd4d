// Runs the program of molgpt: bytes in, JSON out. The page never waits for it.
"use strict";

let program = null;
let panic = null;

const bytes = text => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const array = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) array[i] = binary.charCodeAt(i);
  return array;
};

const unpacked = async text => {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const textAt = (address, length) =>
  new TextDecoder().decode(new Uint8Array(program.memory.buffer, address, length));

// Gives bytes to a function of the program and returns its answer.
const call = (name, array) => {
  const address = program.allocate(array.length);
  new Uint8Array(program.memory.buffer, address, array.length).set(array);
  const answer = program[name](address, array.length);
  return textAt(answer, program.answer_length());
};

const start = async ({ code, weights }) => {
  const [binary, model] = await Promise.all([unpacked(code), unpacked(weights)]);
  const panicked = (address, length) => { panic = textAt(address, length); };
  const module = await WebAssembly.compile(binary);
  const imports = { page: { panicked } };
  // Some libraries would ask a browser for the time; nothing here does.
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from !== "page") (imports[from] ??= {})[name] = () => { throw new Error(`${name} is not there`); };
  }
  program = (await WebAssembly.instantiate(module, imports)).exports;
  const fault = call("load", model);
  if (fault) throw new Error(fault);
};

self.onmessage = async ({ data: request }) => {
  try {
    if (request.do === "start") {
      await start(request);
      self.postMessage({ answer: {} });
    } else {
      const answer = call("ask", new TextEncoder().encode(JSON.stringify(request)));
      self.postMessage({ answer: JSON.parse(answer) });
    }
  } catch (error) {
    // A program that has panicked cannot go on: the page starts another.
    self.postMessage({ answer: { error: panic ?? String(error.message ?? error) }, over: true });
  }
};
