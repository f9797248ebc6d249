import { SetMetadata } from '@nestjs/common';

export const IS_COSTLY_WRITE = Symbol('is-costly-write');

/** Counts each request against a small budget of its session: for writes that every instance has to act on or keep. */
export const CostlyWrite = (): MethodDecorator => SetMetadata(IS_COSTLY_WRITE, true);
