/* SPDX-License-Identifier: MIT */
/* Option structs: copied, then checked, so that nothing changes in between. */
#include "lib/options.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_NAME "sealmem"
#define CREATE_FLAGS                                                           \
	(SEALMEM_CREATE_LAZY | SEALMEM_CREATE_LARGE |                          \
	 SEALMEM_CREATE_OTHER_USERS | SEALMEM_CREATE_DESCRIPTOR_LEVEL)
#define POLICY_FLAGS                                                           \
	(SEALMEM_POLICY_LARGE | SEALMEM_POLICY_HOLES |                         \
	 SEALMEM_POLICY_UPSTREAM | SEALMEM_POLICY_ONCE |                       \
	 SEALMEM_POLICY_UNSEALED | SEALMEM_POLICY_NOWAIT)

/* A struct of another version is never smaller than the first or this large. */
#define STRUCT_SIZE_MAX 4096

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

int options_copy(void *to, size_t known, const void *from)
{
	size_t size;

	memcpy(&size, from, sizeof(size));
	if (size < known || size > STRUCT_SIZE_MAX)
		return -EINVAL;
	if (!is_zero((const char *)from + known, size - known))
		return -EINVAL;
	memcpy(to, from, known);
	return 0;
}

static bool is_name_valid(const char *name)
{
	return strnlen(name, SEALMEM_NAME_MAX + 1) <= SEALMEM_NAME_MAX;
}

int options_read(const struct sealmem_options *options,
		 struct sealmem_options *ret_options)
{
	struct sealmem_options copy = { 0 };

	if (options && options_copy(&copy, sizeof(copy), options) < 0)
		return -EINVAL;
	if (copy.reserved != 0 || (copy.flags & ~(uint32_t)CREATE_FLAGS))
		return -EINVAL;
	if (!copy.name)
		copy.name = DEFAULT_NAME;
	if (!is_name_valid(copy.name))
		return -EINVAL;
	*ret_options = copy;
	return 0;
}

int policy_read(const struct sealmem_policy *policy,
		struct sealmem_policy *ret_policy)
{
	struct sealmem_policy copy = { 0 };

	if (policy && options_copy(&copy, sizeof(copy), policy) < 0)
		return -EINVAL;
	if (copy.reserved != 0 || (copy.flags & ~(uint32_t)POLICY_FLAGS))
		return -EINVAL;
	copy.struct_size = sizeof(copy);
	*ret_policy = copy;
	return 0;
}

int hooks_check(const struct sealmem_hooks *hooks)
{
	struct sealmem_hooks copy;

	return options_copy(&copy, sizeof(copy), hooks);
}
