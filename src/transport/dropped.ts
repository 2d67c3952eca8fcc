import { ConnectionFailed } from './errors.ts';

/** A failure that another try may not meet: the server dropped us before it knew who we are. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
  /** What to say when every try met it. */
  readonly failure: ConnectionFailed;
  constructor(failure: ConnectionFailed) {
    super(failure.message);
    this.failure = failure;
  }
}

/** A connection that was accepted and closed again: above MaxStartups, sshd does that at random. */
export const dropped = (where: string): Dropped =>
  new Dropped(
    new ConnectionFailed(
      'handshake',
      `${where} accepted the connection and dropped it before the handshake.`,
      'Its sshd may have too many logins going on (MaxStartups), or refuse this address.',
    ),
  );
