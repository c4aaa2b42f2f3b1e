// Requests to the service that served the page. Nothing goes anywhere else.

export class Refused extends Error {
  constructor(status, document) {
    super(document?.detail ?? String(status));
    this.status = status;
    this.document = document;
  }
}

const answered = async (response) => {
  const text = await response.text();
  const found = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Refused(response.status, found);
  return found;
};

const token = () => globalThis.sessionStorage?.getItem("legit-token") ?? "";
const headers = (more = {}) => (token() ? { ...more, Authorization: `Bearer ${token()}` } : more);

export const post = async (path, body) =>
  answered(await fetch(path, {
    method: "POST", body: JSON.stringify(body), headers: headers({ "Content-Type": "application/json" }),
  }));

export const get = async (path) => answered(await fetch(path, { headers: headers() }));

// One call at a time. While one runs, only the last of those that came meanwhile waits for its turn; the others give null.
export const oneAtATime = (call) => {
  let running = Promise.resolve();
  let last = 0;
  return async (...args) => {
    const mine = (last += 1);
    await running;
    if (mine !== last) return null;
    const found = call(...args);
    running = found.catch(() => null);
    return found;
  };
};

const scripts = new Map();

// A script of this site that sets a global; pages in a folder can load it too.
export const loadScript = (address) => {
  if (!scripts.has(address)) {
    scripts.set(address, new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = address;
      element.onload = resolve;
      element.onerror = () => reject(new Error(address));
      document.head.append(element);
    }));
  }
  return scripts.get(address);
};

// The base under a profile, with the pass that decides cases in the browser. Throws where its rules need a service.
export const passOf = async (profile, up = "") => {
  await loadScript(`${up}pass-${profile}.js`);
  const base = globalThis.legitBases?.[profile];
  if (!base) throw new Error(profile);
  return base;
};
