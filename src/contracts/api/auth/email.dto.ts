import { CodeField } from '../../../http/input/fields/code-field.js';

export class UndoEmailChangeDto {
  @CodeField()
  code!: string;
}
