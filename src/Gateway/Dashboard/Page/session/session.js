// The user's session with the gateway. An access key stays in this page, as a key that signs and cannot be read. Only the tokens that it
// signs, valid for an hour and for the admin API alone, are sent, and kept for a reload.

import { expiryOf, importKey, signToken } from './token.js';

const storageKey = 'gateway-dashboard-token';
const tokenLife = 3600_000;
const renewBefore = 300_000;

export class Session {
  /** The reason why the last session ended, for the sign-in form. */
  notice = '';

  #listeners = new Set();
  #audience = `${location.origin}/admin`;
  #key = null;
  #token = null;
  #expires = 0;

  get isSignedIn() {
    return this.#token !== null;
  }

  /** Restores the session after a reload, or in Development signs in with the emulator's well-known key. */
  async open() {
    try {
      const answer = await (await fetch('sign-in.json', { cache: 'no-store' })).json();
      this.#audience = answer.audience;
      if (answer.accessKey && crypto.subtle) {
        await this.#useKey(answer.accessKey);
        return;
      }
    } catch {
      this.notice = 'The gateway does not answer. Is it running? Reload this page when it is.';
    }
    const kept = sessionStorage.getItem(storageKey);
    if (kept && expiryOf(kept) > Date.now()) {
      this.#useToken(kept);
    }
  }

  /**
   * Signs in with an access key, a connection string, or a token made elsewhere.
   * @returns the error, in words; null if it was accepted
   */
  async signIn(secret) {
    const text = /AccessKey=([^;]+)/i.exec(secret)?.[1] ?? secret.trim();
    if (/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) {
      if (!(expiryOf(text) > Date.now())) {
        return 'This token has expired. Get a new one.';
      }
      this.#useToken(text);
    } else if (!crypto.subtle) {
      return 'This browser signs tokens only on pages served over https or from localhost. Open the dashboard there, or paste a token.';
    } else {
      await this.#useKey(text);
    }
    const refusal = await this.#check();
    if (refusal) {
      this.#forget();
      return refusal;
    }
    this.notice = '';
    sessionStorage.setItem(storageKey, this.#token);
    this.#changed();
    return null;
  }

  signOut(notice = '') {
    this.#forget();
    this.notice = notice;
    this.#changed();
  }

  /** Returns a token that stays valid for a while. */
  async token() {
    if (this.#key && this.#expires - Date.now() < renewBefore) {
      await this.#renew();
      sessionStorage.setItem(storageKey, this.#token);
    } else if (this.#token && this.#expires <= Date.now()) {
      this.signOut('Your token has expired. Sign in again.');
    }
    return this.#token;
  }

  /** Calls the listener after sign-in and sign-out; returns a function that unsubscribes it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #useKey(text) {
    this.#key = await importKey(text);
    await this.#renew();
  }

  #useToken(token) {
    this.#key = null;
    this.#token = token;
    this.#expires = expiryOf(token);
  }

  async #renew() {
    this.#expires = Date.now() + tokenLife;
    const exp = Math.floor(this.#expires / 1000);
    this.#token = await signToken(this.#key, { aud: this.#audience, iat: exp - tokenLife / 1000, exp });
  }

  async #check() {
    try {
      const response = await fetch('../admin/dead-letters?maxpagesize=1', { headers: { authorization: `Bearer ${this.#token}` }, cache: 'no-store' });
      return response.status === 401 || response.status === 403 ? (await response.json()).message : null;
    } catch {
      return 'The gateway does not answer. Is it running?';
    }
  }

  #forget() {
    this.#key = this.#token = null;
    sessionStorage.removeItem(storageKey);
  }

  #changed() {
    this.#listeners.forEach((listener) => listener());
  }
}
