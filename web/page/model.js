// The model in its worker: requests in, answers out, one at a time.

const facts = JSON.parse(find("facts").textContent);

const model = (() => {
  const script = URL.createObjectURL(new Blob([find("worker").textContent], { type: "text/javascript" }));
  let worker = null;
  let sent = 0;
  let running = null;
  let waiting = [];

  const begin = () => {
    worker = new Worker(script);
    worker.onmessage = ({ data }) => {
      const { settle } = running;
      running = null;
      // What has panicked is over; the next request finds a new one.
      if (data.over) begin();
      settle(data.answer);
      next();
    };
    waiting = waiting.filter(entry => entry.request.do !== "start");
    waiting.unshift({
      request: { do: "start", code: find("program").textContent, weights: find("weights").textContent },
      settle: answer => { if (answer.error) find("about").textContent = answer.error; },
    });
  };

  const next = () => {
    if (running || waiting.length === 0) return;
    running = waiting.shift();
    sent += 1;
    worker.postMessage({ id: sent, request: running.request });
  };

  // The answer to a request. A later request of the same `topic` takes the place of one that still waits, whose
  // answer is null then.
  const ask = (request, topic = null) => new Promise(settle => {
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
