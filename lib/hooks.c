/* SPDX-License-Identifier: MIT */
/*
 * Creation and conversion as the caller sees them: by the hook that is set for
 * it, unchanged in both directions, or else in this process.
 */
#include <errno.h>
#include <sealmem/hooks.h>

#include "lib/options.h"
#include "lib/region.h"

static const struct sealmem_hooks *installed;
static const struct sealmem_hooks none;

/* Acquire: what the setter wrote into the struct before is seen after. */
static const struct sealmem_hooks *current(void)
{
	const struct sealmem_hooks *hooks =
		__atomic_load_n(&installed, __ATOMIC_ACQUIRE);

	return hooks ? hooks : &none;
}

int sealmem_hooks_set(const struct sealmem_hooks *hooks)
{
	if (hooks && hooks_check(hooks) < 0)
		return -EINVAL;
	__atomic_store_n(&installed, hooks, __ATOMIC_RELEASE);
	return 0;
}

int sealmem_writable_region_create(size_t size,
				   const struct sealmem_options *options,
				   struct sealmem_writable_region *ret_region)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->create_writable)
		return hooks->create_writable(size, options, ret_region,
					      hooks->data);
	return region_create_writable(size, options, ret_region);
}

int sealmem_unsafe_region_create(size_t size,
				 const struct sealmem_options *options,
				 struct sealmem_unsafe_region *ret_region)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->create_unsafe)
		return hooks->create_unsafe(size, options, ret_region,
					    hooks->data);
	return region_create_unsafe(size, options, ret_region);
}

int sealmem_readonly_region_create(size_t size,
				   const struct sealmem_options *options,
				   struct sealmem_readonly_region *ret_region,
				   struct sealmem_writable_mapping *ret_mapping)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->create_readonly)
		return hooks->create_readonly(size, options, ret_region,
					      ret_mapping, hooks->data);
	return region_create_readonly(size, options, ret_region, ret_mapping);
}

int sealmem_readonly_region_create_from(
	const void *data, size_t size, const struct sealmem_options *options,
	struct sealmem_readonly_region *ret_region)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->create_readonly_from)
		return hooks->create_readonly_from(data, size, options,
						   ret_region, hooks->data);
	return region_create_readonly_from(data, size, options, ret_region);
}

int sealmem_writable_region_to_readonly(
	struct sealmem_writable_region *take_region,
	struct sealmem_readonly_region *ret_region)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->to_readonly)
		return hooks->to_readonly(take_region, ret_region, hooks->data);
	return region_to_readonly(take_region, ret_region);
}

int sealmem_writable_region_to_unsafe(
	struct sealmem_writable_region *take_region,
	struct sealmem_unsafe_region *ret_region)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->to_unsafe)
		return hooks->to_unsafe(take_region, ret_region, hooks->data);
	return region_to_unsafe(take_region, ret_region);
}

int sealmem_writable_region_freeze(struct sealmem_writable_region *take_region,
				   struct sealmem_readonly_region *ret_region)
{
	const struct sealmem_hooks *hooks = current();

	if (hooks->freeze)
		return hooks->freeze(take_region, ret_region, hooks->data);
	return region_freeze(take_region, ret_region);
}
