/* global AbortSignal, document, fetch, location, performance, setTimeout */
// Runs in the browser: asks the page's own address again and again, and shows who answered. The pods say it in headers,
// and the ingress gateway adds its cluster. No dollar signs: the image fills in variables.
"use strict";
(() => {
  const PERIOD_MS = 1000;
  const LIMIT_MS = 10000;
  /** How many answers the shares are of. */
  const REMEMBERED = 100;
  const names = document.body.dataset.clusters.split(" ");
  /** The newest last; `cluster` is missing where nobody answered. */
  const answers = [];
  let sent = 0;
  let paused = false;

  const byId = (id) => document.getElementById(id);

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) {
      made.className = className;
    }
    if (text !== undefined) {
      made.textContent = text;
    }
    return made;
  }

  function count(number, what) {
    return number + " " + what + (number === 1 ? "" : "s");
  }

  function colour(cluster) {
    return cluster === undefined ? "bad" : "k" + (Math.max(names.indexOf(cluster), 0) % 4);
  }

  async function ask() {
    const started = performance.now();
    try {
      const response = await fetch(location.href, {
        cache: "no-store",
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      await response.text();
      const [pod, cluster, ingress] = ["x-answered-pod", "x-answered-cluster", "x-ingress-cluster"].map(
        (name) => response.headers.get(name) || undefined,
      );
      if (!response.ok || !pod || !cluster) {
        return { problem: "HTTP " + response.status + " from somebody else than the pods" };
      }
      return { pod, cluster, ingress, ms: Math.round(performance.now() - started) };
    } catch (error) {
      return { problem: error.name === "TimeoutError" ? "no answer in 10 s" : "no connection" };
    }
  }

  function take(answer) {
    sent += 1;
    answers.push(answer);
    if (answers.length > REMEMBERED) {
      answers.shift();
    }
    if (answer.cluster && !names.includes(answer.cluster)) {
      names.push(answer.cluster);
    }
  }

  function showAnswer(answer) {
    const where = byId("where");
    where.className = answer.problem ? "bad" : "";
    if (answer.problem) {
      byId("pod").textContent = "Nobody answered";
      where.textContent = answer.problem;
      document.title = "Nobody answered";
    } else {
      byId("pod").textContent = answer.pod;
      where.textContent = "answered in " + answer.cluster + ", after " + answer.ms + " ms";
      document.title = answer.cluster + " answers";
    }
    byId("path").replaceChildren(...steps(answer).map(step));
  }

  /**
   * What a request passed, as title, place, reason and class. Between a gateway and a pod of another cluster stands that
   * one's east-west gateway; where it is not needed it keeps its place, so that nothing jumps.
   */
  function steps({ problem, pod, cluster, ingress }) {
    const start = [
      ["your browser", "", "asks once a second"],
      ["global load balancer", location.host, "picks the nearest region with healthy gateways"],
    ];
    if (problem) {
      return [...start, ["?", problem, "", "bad"]];
    }
    const between =
      ingress === cluster
        ? ["east-west gateway", "", "not needed: the pod is in the same cluster", "unused"]
        : [
            "east-west gateway",
            "of " + cluster,
            "lets the other clusters in, by mutual TLS",
            colour(cluster),
          ];
    return [
      ...start,
      [
        "ingress gateway",
        ingress ? "of " + ingress : "",
        "picks a pod of the mesh",
        ingress && colour(ingress),
      ],
      ...(ingress ? [between] : []),
      ["pod of " + cluster, pod, "answers, over mutual TLS", colour(cluster)],
    ];
  }

  function step([title, place, reason, className]) {
    const item = element("li", className);
    const box = element("div", "");
    box.append(
      element("strong", "", title),
      ...(place ? [element("span", "", place)] : []),
      ...(reason ? [element("small", "", reason)] : []),
    );
    item.append(box);
    return item;
  }

  function showShares() {
    const newest = answers[answers.length - 1];
    byId("clusters").replaceChildren(...names.map((name) => card(name, newest)));
    byId("recent").replaceChildren(...answers.map(({ cluster }) => element("i", colour(cluster))));
    const failed = answers.filter(({ problem }) => problem).length;
    byId("count").textContent =
      (answers.length < sent ? "The last " + answers.length + " of " : "") +
      count(sent, "request") +
      (failed > 0 ? ", " + failed + " without an answer" : ", all answered") +
      ". One goes out each second.";
  }

  function card(name, newest) {
    const own = answers.filter(({ cluster }) => cluster === name);
    const share = answers.length > 0 ? Math.round((100 * own.length) / answers.length) : 0;
    const now = newest && newest.cluster === name;
    const made = element("div", "cluster " + colour(name) + (now ? " now" : ""));
    const head = element("h3", "", name);
    head.append(element("span", "share", share + " %"));
    const bar = element("div", "bar");
    const fill = element("i");
    fill.style.width = share + "%";
    bar.append(fill);
    const pods = element("ul");
    for (const pod of [...new Set(own.map((answer) => answer.pod))].sort()) {
      const line = element("li", now && newest.pod === pod ? "now" : "", pod);
      line.append(element("span", "", String(own.filter((answer) => answer.pod === pod).length)));
      pods.append(line);
    }
    const entered = answers.filter(({ ingress }) => ingress === name).length;
    const text = own.length === 0 ? "no answer yet" : count(own.length, "answer") + " by its pods";
    made.append(
      head,
      bar,
      element("p", "soft", text + "; " + count(entered, "request") + " came in here"),
      pods,
    );
    return made;
  }

  async function round() {
    if (!paused && !document.hidden) {
      const answer = await ask();
      take(answer);
      showAnswer(answer);
      showShares();
    }
    setTimeout(round, PERIOD_MS);
  }

  byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").textContent = paused ? "Go on" : "Pause";
  });
  byId("live").hidden = false;
  showShares();
  round();
})();
