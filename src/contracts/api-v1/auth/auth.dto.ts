import { PasswordField, RefreshTokenField, TextField } from '../../edge/fields.js';

export class LoginDto {
  @TextField({ max: 254, description: 'The unique username. Its case does not matter.', example: 'jane.doe' })
  username!: string;

  @PasswordField()
  password!: string;
}

export class RefreshDto {
  @RefreshTokenField()
  refreshToken!: string;
}
