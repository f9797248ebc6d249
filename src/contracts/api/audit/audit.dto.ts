import { isUuid } from '../../../common/text.js';
import { SECURITY_EVENTS, type SecurityEventName } from '../../../modules/security-events/security-event.js';
import { ChoiceField, Field, QueryIntegerField } from '../../edge/fields.js';
import { CursorField } from '../page-query.js';

export class ListAuditQuery {
  @ChoiceField(SECURITY_EVENTS, {
    optional: true,
    enumName: 'SecurityEvent',
    description: 'Only events of this name.',
    example: 'login.failed',
  })
  event?: SecurityEventName;

  @Field({
    optional: true,
    accepts: (value) => typeof value === 'string' && isUuid(value),
    otherwise: 'must be the id of a user',
    docs: {
      type: String,
      format: 'uuid',
      description: 'Only events that concern this person.',
      example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d',
    },
  })
  userId?: string;

  @QueryIntegerField({ min: 1, max: 100, description: 'How many at a time.', example: 10, preset: 10 })
  size: number = 10;

  @CursorField()
  cursor?: string;
}
