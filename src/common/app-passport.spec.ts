import { Strategy } from 'passport';
import { describe, expect, it } from 'vitest';
import { AppPassport } from './app-passport.js';

/** Answers with its own name and the input, once `gate` opens. */
class EchoStrategy extends Strategy {
  constructor(
    override readonly name: string,
    private readonly gate = Promise.resolve(),
  ) {
    super();
  }
  override authenticate(input: unknown): void {
    const { value } = input as { value: unknown };
    void this.gate.then(() => {
      if (value === 'refuse') this.fail();
      else if (value instanceof Error) this.error(value);
      else this.success({ strategy: this.name, value });
    });
  }
}

describe('AppPassport', () => {
  it('gives concurrent calls of one strategy their own results', async () => {
    const passport = new AppPassport();
    let open: () => void = () => undefined;
    passport.use('local', new EchoStrategy('echo', new Promise((resolve) => (open = resolve))));
    const calls = [1, 2, 'refuse', 3].map((value) => passport.authenticate('local', { value }));
    open();
    expect(await Promise.all(calls)).toEqual([
      { strategy: 'echo', value: 1 },
      { strategy: 'echo', value: 2 },
      undefined,
      { strategy: 'echo', value: 3 },
    ]);
  });

  it('rejects with the error of the strategy', async () => {
    const passport = new AppPassport();
    passport.use('local', new EchoStrategy('echo'));
    const error = new Error('unavailable');
    await expect(passport.authenticate('local', { value: error })).rejects.toBe(error);
  });

  it('rejects a strategy that is not registered', async () => {
    await expect(new AppPassport().authenticate('jwt', {})).rejects.toThrow('jwt');
  });

  it('keeps the strategies of two apps apart', async () => {
    const [one, two] = [new AppPassport(), new AppPassport()];
    one.use('local', new EchoStrategy('one'));
    two.use('local', new EchoStrategy('two'));
    expect(await one.authenticate('local', { value: 1 })).toEqual({ strategy: 'one', value: 1 });
  });

  it('leaves its input as it is', async () => {
    const passport = new AppPassport();
    passport.use('local', new EchoStrategy('echo'));
    const input = { value: 1 };
    await passport.authenticate('local', input);
    expect(input).toEqual({ value: 1 });
  });
});
