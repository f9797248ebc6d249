import { SecondFactorField } from '../../../http/input/fields/code-field.js';

export class VerifyTotpDto {
  @SecondFactorField({ description: 'The code that the app shows now.' })
  code!: string;
}
