import type { OpenAPIObject } from '@nestjs/swagger';

/*
 * The parts of an OpenAPI document, by short names.
 */

type Components = NonNullable<OpenAPIObject['components']>;
export type Schemas = NonNullable<Components['schemas']>;
export type Schema = Exclude<Schemas[string], { $ref: string }>;
export type PathItem = OpenAPIObject['paths'][string];
export type Operation = NonNullable<PathItem['get']>;
export type Responses = Operation['responses'];
export type Response = Extract<NonNullable<Responses[string]>, { description: string }>;
export type Header = Extract<NonNullable<Response['headers']>[string], { description?: string }>;

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];
