import { describeAccess } from '../support/access.js';

describeAccess((route) => route.includes(' /api/users'));
