// Requests to the gateway. A token is asked for when it wants one, kept until this tab is closed, and sent as a header alone.
const KEY = "lockstep.token";

/** Why something can't be done: the gateway's problem document, or that it doesn't answer. */
export class Problem extends Error {
  constructor(document) {
    super(document.detail);
    Object.assign(this, document);
  }
}

export const UNREACHABLE = "UNREACHABLE";

export class Api {
  /** ``ask(problem)`` gives a token that somebody has typed, or null. */
  constructor(ask) {
    this.ask = ask;
    this.asking = null;
  }

  get token() {
    return sessionStorage.getItem(KEY) ?? "";
  }

  set token(value) {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  }

  get(path, query) {
    return this.request("GET", path, { query });
  }

  async request(method, path, { query, body, headers, quiet = false } = {}) {
    const used = this.token;
    const answer = await this.send(method, path, query, body, headers);
    if (answer.ok) return answer.read();
    const problem = await answer.problem();
    if (quiet || !(problem.status === 401 || (problem.status === 403 && problem.code === "FORBIDDEN"))) throw problem;
    if (this.token === used && !(await this.login(problem))) throw problem;
    const again = await this.send(method, path, query, body, headers);
    if (again.ok) return again.read();
    throw await again.problem();
  }

  /** Ask for a token, once for all who need one at the same time. */
  login(problem) {
    this.asking ??= this.ask(problem).then((token) => {
      if (token) this.token = token;
      return Boolean(token);
    }).finally(() => { this.asking = null; });
    return this.asking;
  }

  async send(method, path, query, body, headers = {}) {
    const url = new URL(path, location.origin);
    for (const [name, value] of Object.entries(query ?? {})) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined && each !== null && each !== "") url.searchParams.append(name, each);
      }
    }
    const sent = { Accept: "application/json", ...headers };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    if (this.token) sent.Authorization = `Bearer ${this.token}`;
    let answer;
    try {
      answer = await fetch(url, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new Problem({
        title: "The gateway does not answer", code: UNREACHABLE, status: 0,
        detail: "Is `lockstep serve` still running? This page goes on by itself when it is back.",
      });
    }
    return { ok: answer.ok, read: () => read(answer), problem: () => problemOf(answer) };
  }
}

async function read(answer) {
  const text = await answer.text();
  if (!(answer.headers.get("content-type") ?? "").includes("json")) return text;
  return text ? JSON.parse(text) : null;
}

async function problemOf(answer) {
  try {
    return new Problem(JSON.parse(await answer.text()));
  } catch {
    return new Problem({ title: answer.statusText || "Refused", status: answer.status, code: `HTTP_${answer.status}`, detail: `The gateway answered ${answer.status} without a reason.` });
  }
}
