import { Passport, type Strategy } from 'passport';

/** The strategies of this app, by the name they are registered under. */
export type StrategyName = 'local' | 'jwt' | 'api-key';

/**
 * The Passport of one app. The instance that the package exports belongs to the process, so that with two apps in it
 * the second one's strategies would replace the first one's.
 */
export class AppPassport {
  private readonly passport = new Passport();

  /**
   * Strategies are registered rather than handed to {@link authenticate}: Passport copies a registered strategy for
   * each call, while concurrent calls of one that it is handed would overwrite each other's callbacks.
   */
  use(name: StrategyName, strategy: Strategy): void {
    this.passport.use(name, strategy);
  }

  /**
   * Runs a strategy on `input`, which stands in for the HTTP request. Resolves to what the strategy verified, or to
   * undefined when it refused.
   * @throws what the strategy throws
   */
  authenticate<Verified>(name: StrategyName, input: object): Promise<Verified | undefined> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, verified?: unknown): void => {
        if (error) reject(error);
        else resolve(verified === false ? undefined : (verified as Verified));
      };
      const middleware = this.passport.authenticate(name, { session: false }, done) as Middleware;
      // Passport adds its methods to the request it is given.
      middleware({ ...input }, undefined, reject);
    });
  }
}

type Middleware = (request: object, response: undefined, next: (error: unknown) => void) => void;
