import { LOGIN_PASSWORD_MAX, PASSWORD_MAX, PASSWORD_MIN, passwordProblem } from '../../../common/password-policy.js';
import { hasLength, isCleanText } from '../../../common/text.js';
import { acceptsString, Field, type Presence } from './field.js';
import { ofString, type Refusal } from './refusal.js';

interface NewPasswordOptions {
  /** What a contract asks for beyond the length, with the message and documentation that say so. */
  readonly alsoAccepts?: (password: string) => boolean;
  readonly message?: string;
  readonly description?: string;
  readonly example?: string;
}

/**
 * A new password. One that is easy to guess is refused here, along with whatever else is wrong with the body, as far as
 * the body alone shows it: a password that is the address of the account is refused by the core.
 */
export function NewPasswordField({
  alsoAccepts = () => true,
  message = 'without control characters',
  description = 'The new password. Refused: the e-mail address, very common passwords, repeats and sequences.',
  example = 'quiet-Harbour-42',
}: NewPasswordOptions = {}): PropertyDecorator {
  const refusalOf = (password: string, object: object): Refusal | undefined => {
    // Not the policy's: it counts all characters of a very long one.
    if (!hasLength(password, PASSWORD_MIN, PASSWORD_MAX)) return lengthOf(password, object);
    if (!isCleanText(password)) return { code: 'invalid_characters', hint: 'Remove the control characters' };
    if (!alsoAccepts(password)) return { code: 'missing_characters' };
    return passwordProblem(password, emailIn(object));
  };
  return Field({
    rule: acceptsString((password, object) => refusalOf(password, object) === undefined),
    message: `must be ${PASSWORD_MIN} to ${PASSWORD_MAX} characters, ${message}`,
    hint: `Choose a password of ${PASSWORD_MIN} to ${PASSWORD_MAX} characters, ${message}`,
    diagnose: (value, object) => (typeof value === 'string' && refusalOf(value, object)) || lengthOf(value, object),
    docs: {
      type: String,
      format: 'password',
      minLength: PASSWORD_MIN,
      maxLength: PASSWORD_MAX,
      description,
      example,
    },
  });
}

const lengthOf = ofString({ min: PASSWORD_MIN, max: PASSWORD_MAX });

/** The address in the same body; empty: there is none. */
function emailIn(object: object): string {
  return 'email' in object && typeof object.email === 'string' ? object.email : '';
}

/** The password of a login: any string, right or wrong. */
export function PasswordField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    rule: acceptsString((password) => hasLength(password, 0, LOGIN_PASSWORD_MAX)),
    message: `must be a string of at most ${LOGIN_PASSWORD_MAX} characters`,
    hint: 'Enter your password',
    diagnose: ofString({ max: LOGIN_PASSWORD_MAX }),
    docs: {
      type: String,
      format: 'password',
      maxLength: LOGIN_PASSWORD_MAX,
      description: 'The password.',
      example: 'quiet-Harbour-42',
    },
  });
}
