// The admin API, called with the session's token.

/** An error answer; the message is the gateway's own and says what to do. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Api {
  #session;

  constructor(session) {
    this.#session = session;
  }

  get(path, query) {
    return this.#call('GET', path, query);
  }

  post(path, query, body) {
    return this.#call('POST', path, query, body);
  }

  delete(path, query) {
    return this.#call('DELETE', path, query);
  }

  async #call(method, path, query = {}, body) {
    const url = new URL(`../admin/${path}`, document.baseURI);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== '') {
        url.searchParams.set(name, value);
      }
    }
    const headers = { authorization: `Bearer ${await this.#session.token()}` };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
    }
    let response;
    try {
      response = await fetch(url, { method, headers, body: body && JSON.stringify(body), cache: 'no-store' });
    } catch {
      throw new ApiError(0, 'The gateway does not answer. The page tries again automatically.');
    }
    if (response.ok) {
      return response.status === 204 ? null : response.json();
    }
    const message = (await response.json().catch(() => null))?.message ?? `The gateway answered with status ${response.status}.`;
    if (response.status === 401) {
      this.#session.signOut(`You were signed out: ${message}`);
    }
    throw new ApiError(response.status, message);
  }
}
