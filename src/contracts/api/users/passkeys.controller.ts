import { Body, Controller, Delete, Get, HttpStatus, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { PASSKEY_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { CostlyWrite } from '../../../modules/auth/access/costly-write.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { PasskeySetupService } from '../../../modules/auth/passkey-setup.service.js';
import { PasskeysService } from '../../../modules/passkeys/passkeys.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { toNewCredential } from '../auth/passkey.dto.js';
import { AddPasskeyDto, RenamePasskeyDto } from './passkeys.dto.js';
import {
  PasskeyCreationOptionsView,
  PasskeyView,
  presentCreationOptions,
  presentPasskey,
} from './passkeys.presenter.js';

const PasskeyId = (): MethodDecorator => IdParam('The id of the passkey.', PASSKEY_ID);

@ApiTags('Passkeys')
@Controller('users/me/passkeys')
export class PasskeysController {
  constructor(
    private readonly setups: PasskeySetupService,
    private readonly passkeys: PasskeysService,
  ) {}

  @AllowLimitedSession()
  @Post('options')
  @RecentLogin()
  @Operation({
    summary: 'Get the options of a new passkey',
    description: 'Returns what `navigator.credentials.create()` takes to create a passkey for your account.',
    status: HttpStatus.OK,
    answers: { data: PasskeyCreationOptionsView },
    errors: ['email_not_verified', 'passkey_limit_reached', 'second_factor_setup_required', 'passkeys_not_configured'],
  })
  async newPasskeyOptions(@CurrentPrincipal() principal: Principal): Promise<Answer<PasskeyCreationOptionsView>> {
    return answer('Passkey options', presentCreationOptions(await this.setups.options(principal)));
  }

  @AllowLimitedSession()
  @Post()
  @CostlyWrite()
  @RecentLogin()
  @Operation({
    summary: 'Add a passkey',
    description:
      'Adds the passkey that was created with the options of `POST /api/users/me/passkeys/options` to your account. ' +
      'It can be used to log in without a password; the password still works too. A user has at most 20 passkeys.',
    status: HttpStatus.CREATED,
    answers: { data: PasskeyView },
    errors: ['email_not_verified', 'passkey_limit_reached', 'second_factor_setup_required', 'passkeys_not_configured'],
  })
  async addPasskey(
    @CurrentPrincipal() principal: Principal,
    @Body() { credential, name }: AddPasskeyDto,
  ): Promise<Answer<PasskeyView>> {
    const passkey = await this.setups.add(principal, toNewCredential(credential), name);
    return answer('Passkey added', presentPasskey(passkey));
  }

  @Get()
  @Operation({
    summary: 'List your passkeys',
    description: 'Lists your passkeys, newest first (at most 20).',
    answers: { list: PasskeyView },
  })
  async listPasskeys(@CurrentPrincipal() principal: Principal): Promise<Answer<PasskeyView[]>> {
    return answer('Passkeys', (await this.passkeys.list(principal)).map(presentPasskey));
  }

  @Patch(':id')
  @RecentLogin()
  @PasskeyId()
  @Operation({
    summary: 'Rename a passkey',
    description: 'Changes the name of one of your passkeys.',
    answers: { data: PasskeyView },
    errors: ['passkey_not_found'],
  })
  async renamePasskey(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { name }: RenamePasskeyDto,
  ): Promise<Answer<PasskeyView>> {
    return answer('Passkey renamed', presentPasskey(await this.passkeys.rename(principal, id, name)));
  }

  @Delete(':id')
  @CostlyWrite()
  @RecentLogin()
  @PasskeyId()
  @Operation({
    summary: 'Remove a passkey',
    description:
      'Removes a passkey from your account. It can no longer be used to log in. Sessions that it opened stay.',
    errors: ['passkey_not_found', 'second_factor_required_by_policy'],
  })
  async removePasskey(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.passkeys.remove(principal, id);
  }
}
