import type { PageRequest, SortOrder } from '../../common/page.js';
import { ChoiceField } from '../../http/input/fields/choice-field.js';
import { CursorField } from '../../http/input/fields/cursor-field.js';
import { QueryIntegerField } from '../../http/input/fields/integer-fields.js';
import { SearchField } from '../../http/input/fields/text-fields.js';
import { needsOther, notTogether } from '../../http/input/together.js';

const PAGE_MAX = 1_000_000;
export const PAGE_SIZE_DEFAULT = 10;

export function PageSizeField(): PropertyDecorator {
  return QueryIntegerField({
    min: 1,
    max: 100,
    description: 'The number of items per page.',
    example: 10,
    defaultsTo: PAGE_SIZE_DEFAULT,
  });
}

/** The part of a list's query that asks for a page. */
export class PageQuery {
  @QueryIntegerField({
    min: 0,
    max: PAGE_MAX,
    description: 'The page, from 0. Cannot be used together with `cursor`.',
    example: 0,
  })
  page?: number;

  // No default here: look-ups refuse a size that was sent.
  @PageSizeField()
  size?: number;

  @CursorField()
  cursor?: string;
}

/** @throws DomainError `invalid_request` where page and cursor are both given */
export function toPageRequest({ page, size = PAGE_SIZE_DEFAULT, cursor }: PageQuery): PageRequest {
  if (cursor === undefined) return { size, offset: (page ?? 0) * size };
  if (page !== undefined) throw notTogether('cursor', 'page');
  return { size, cursor };
}

const SORTS = ['-createdAt', 'name'] as const;
type Sort = (typeof SORTS)[number];

/** How the core calls them. */
const SORT_ORDERS: Readonly<Record<Sort, SortOrder>> = { '-createdAt': 'newest', name: 'name' };

/** The query of a list of artists or songs. */
export class CatalogueQuery extends PageQuery {
  @SearchField({
    description:
      'Part of a name or title, without regard to case, accents, signs and spaces. In the default order, exact matches ' +
      'of a name, alias or title come first.',
    example: 'beyonce',
  })
  q?: string;

  @ChoiceField(SORTS, {
    optional: true,
    enumName: 'CatalogueSort',
    description: 'Newest first (`-createdAt`, the default), or by sort name or title in the order of code points.',
    example: 'name',
  })
  sort?: Sort;
}

interface CatalogueRequest extends PageRequest {
  readonly q?: string | undefined;
  readonly sort: SortOrder;
}

/** @throws DomainError `invalid_request` where page and cursor are both given */
export function toCatalogueRequest({ q, sort = '-createdAt', ...page }: CatalogueQuery): CatalogueRequest {
  return { ...toPageRequest(page), q, sort: SORT_ORDERS[sort] };
}

interface LookUpQuery extends CatalogueQuery {
  readonly ids?: readonly string[];
  readonly id_type?: string;
}

interface LookUpRequest extends CatalogueRequest {
  readonly lookUp: { readonly ids: readonly string[]; readonly idType: string | undefined } | undefined;
}

/** @throws DomainError `invalid_request`, also for `ids` together with anything but `id_type`, which needs `ids` */
export function toLookUpRequest({ ids, id_type: idType, ...query }: LookUpQuery): LookUpRequest {
  if (ids === undefined && idType !== undefined) throw needsOther('id_type', 'ids');
  const [other] = Object.entries(query).find(([, value]) => value !== undefined) ?? [];
  if (ids !== undefined && other !== undefined) throw notTogether(other, 'ids');
  return { ...toCatalogueRequest(query), lookUp: ids && { ids, idType } };
}
