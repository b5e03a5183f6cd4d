// The model in its worker: requests in, answers out, one at a time.

const facts = JSON.parse(find("facts").textContent);

const model = (() => {
  const script = URL.createObjectURL(new Blob([find("worker").textContent], { type: "text/javascript" }));
  let worker = null;
  let running = null;
  let waiting = [];
  // The reason for which the model cannot run here.
  let fault = null;

  const next = () => {
    if (running || waiting.length === 0) return;
    running = waiting.shift();
    worker.postMessage(running.request);
  };

  const finish = (answer, isOver) => {
    const { request, settle } = running;
    running = null;
    if (isOver && request.do === "start") {
      fault = { error: `The model cannot run in this browser: ${answer.error}` };
      find("about").textContent = fault.error;
      waiting.forEach(entry => entry.settle(fault));
      waiting = [];
      return;
    }
    // What has panicked is over; the next request finds a new one.
    if (isOver) begin();
    settle(answer);
    next();
  };

  const begin = () => {
    worker?.terminate();
    worker = new Worker(script);
    worker.onmessage = ({ data }) => finish(data.answer, data.over);
    worker.onerror = event => { if (running) finish({ error: event.message || "the worker has ended" }, true); };
    waiting.unshift({
      request: { do: "start", code: find("program").textContent, weights: find("weights").textContent },
      settle: () => {},
    });
  };

  // The answer to a request. A later request of the same `topic` takes the place of one that still waits, whose
  // answer is null then.
  const ask = (request, topic = null) => new Promise(settle => {
    if (fault) { settle(fault); return; }
    const same = entry => topic !== null && entry.topic === topic;
    waiting.filter(same).forEach(entry => entry.settle(null));
    waiting = waiting.filter(entry => !same(entry));
    waiting.push({ request, topic, settle });
    next();
  });

  begin();
  next();
  return { ask };
})();
