import { ChoiceField } from '../../../http/input/fields/choice-field.js';
import { SECURITY_EVENTS, type SecurityEventName } from '../../../modules/security-events/security-event.js';
import { CursorField } from '../../../http/input/fields/cursor-field.js';
import { UserIdField } from '../../../http/input/fields/id-fields.js';
import { PAGE_SIZE_DEFAULT, PageSizeField } from '../page-query.js';

export class ListAuditQuery {
  @ChoiceField(SECURITY_EVENTS, {
    optional: true,
    enumName: 'SecurityEvent',
    description: 'Only events with this name.',
    example: 'login.failed',
  })
  event?: SecurityEventName;

  @UserIdField({ description: 'Only events about this user.' })
  userId?: string;

  @PageSizeField()
  size: number = PAGE_SIZE_DEFAULT;

  @CursorField()
  cursor?: string;
}
