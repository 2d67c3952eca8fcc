/**
 * Why a host could not be reached or was lost. `reason` is for programs, `message` is a sentence
 * for people that needs no context; `hint` says what to type.
 */
export class ConnectionFailed extends Error {
  override readonly name = 'ConnectionFailed';
  readonly reason:
    'address' | 'refused' | 'timeout' | 'handshake' | 'host-key' | 'auth' | 'configuration' | 'cancelled';
  readonly hint: string | undefined;
  constructor(reason: ConnectionFailed['reason'], message: string, hint?: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}

/** The connection went away under a running command: its outcome is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}
