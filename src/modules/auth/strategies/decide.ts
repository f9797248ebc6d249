import type { Strategy } from 'passport';

/** The same strategy with somebody listening to its decision. */
interface Decision {
  success: (verified: unknown) => void;
  fail: () => void;
  error: (error: unknown) => void;
  authenticate: (request: object, options: object) => void;
}

/**
 * Asks a passport strategy about a request and waits for its decision: what it verified, or undefined when it refused.
 *
 * Passport's own registry is one for the whole process, so a second app in it would answer with the first one's
 * settings; asked directly, each app asks its own strategies, about plain input instead of an HTTP request.
 */
export function decide<Verified>(strategy: Strategy, request: object): Promise<Verified | undefined> {
  return new Promise((resolve, reject) => {
    const decision = Object.create(strategy) as Decision;
    decision.success = (verified) => resolve(verified as Verified);
    decision.fail = () => resolve(undefined);
    decision.error = reject;
    decision.authenticate(request, {});
  });
}
