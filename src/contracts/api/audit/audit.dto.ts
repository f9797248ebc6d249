import { SECURITY_EVENTS, type SecurityEventName } from '../../../modules/security-events/security-event.js';
import { ChoiceField, QueryIntegerField, UserIdField } from '../../edge/fields.js';
import { CursorField } from '../page-query.js';

export class ListAuditQuery {
  @ChoiceField(SECURITY_EVENTS, {
    optional: true,
    enumName: 'SecurityEvent',
    description: 'Only events of this name.',
    example: 'login.failed',
  })
  event?: SecurityEventName;

  @UserIdField({ description: 'Only events that concern this person.' })
  userId?: string;

  @QueryIntegerField({ min: 1, max: 100, description: 'How many at a time.', example: 10, preset: 10 })
  size: number = 10;

  @CursorField()
  cursor?: string;
}
