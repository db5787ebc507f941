// The gateway's stream over one WebSocket: connected again with growing waits, gone on with behind the last number.
const FIRST_MS = 250;
const LONGEST_MS = 8000;
const SILENT_MS = 5000;
const LASTED_MS = 10000;

export class Stream {
  /** ``tell(message)`` takes each message, ``changed(state, why)`` how the connection is: connecting, open, lost. */
  constructor({ token, tell, changed }) {
    Object.assign(this, { token, tell, changed });
    this.session = "";
    this.topics = new Set();
    this.numbers = new Map(); // topic of the journal -> number of its latest message
    this.books = new Map(); // topic -> number of the book's latest change
    this.epoch = 0;
    this.wait = FIRST_MS;
    this.socket = null;
    setInterval(() => this.watch(), 1000);
  }

  /** Hear another session; nothing of the one before is told any more. */
  open(session) {
    this.session = session;
    this.numbers.clear();
    this.books.clear();
    this.wait = FIRST_MS;
    this.connect();
  }

  want(topics) {
    const wanted = new Set(topics);
    const gone = [...this.topics].filter((each) => !wanted.has(each));
    const come = topics.filter((each) => !this.topics.has(each));
    this.topics = wanted;
    for (const each of gone) { this.numbers.delete(each); this.books.delete(each); }
    if (gone.length) this.send({ type: "unsubscribe", topics: gone });
    if (come.length) this.subscribe(come);
  }

  connect() {
    clearTimeout(this.timer);
    if (this.socket) {
      this.socket.onclose = this.socket.onmessage = null;
      this.socket.close();
    }
    this.changed("connecting", "");
    const protocols = ["lockstep"];
    if (this.token()) protocols.push(`lockstep.token.${this.token()}`);
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws?sessionId=${encodeURIComponent(this.session)}`;
    const socket = new WebSocket(address, protocols);
    this.socket = socket;
    this.heard = this.began = performance.now();
    socket.onopen = () => {
      this.changed("open", "");
      this.subscribe([...this.topics]);
    };
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = (event) => this.lost(event.reason);
  }

  subscribe(topics) {
    if (!topics.length) return;
    const after = Object.fromEntries(topics.filter((each) => this.numbers.has(each)).map((each) => [each, this.numbers.get(each)]));
    for (const each of topics) this.books.delete(each);
    // What is gone on with is told from its number on, all else begins with a picture.
    const behind = Object.keys(after);
    const anew = topics.filter((each) => !(each in after));
    if (anew.length) this.send({ type: "subscribe", id: 1, topics: anew });
    if (behind.length) this.send({ type: "subscribe", id: 2, topics: behind, after, epoch: this.epoch });
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  take(data) {
    this.heard = performance.now();
    const read = JSON.parse(data);
    for (const message of Array.isArray(read) ? read : [read]) this.one(message);
  }

  one(message) {
    if (message.type === "subscribed") this.epoch = message.epoch ?? 0;
    else if (message.type === "book" && !this.follows(message)) return;
    else if (message.event !== undefined) this.numbered(message);
    this.tell(message);
  }

  /** A change of a book counts when nothing is missing before it; otherwise a picture is asked for. */
  follows(message) {
    const topic = `book:${message.symbol}`;
    const last = this.books.get(topic);
    if (!message.snapshot && last === undefined) return false;
    if (!message.snapshot && message.seq !== last + 1) {
      this.subscribe([topic]);
      return false;
    }
    this.books.set(topic, message.seq);
    return true;
  }

  numbered(message) {
    const topic = { order: "orders", fill: "fills", risk: "risk", signal: "signals", log: "logs" }[message.type];
    if (topic && this.topics.has(topic)) this.numbers.set(topic, message.seq);
  }

  watch() {
    if (this.socket?.readyState === WebSocket.OPEN && performance.now() - this.heard > SILENT_MS) this.socket.close();
  }

  lost(why) {
    this.changed("lost", why);
    if (performance.now() - this.began > LASTED_MS) this.wait = FIRST_MS;
    this.timer = setTimeout(() => this.connect(), this.wait * (0.5 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_MS);
  }
}
