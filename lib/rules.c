/* SPDX-License-Identifier: MIT */
/* The rules of kinds, seals and arrival. Pure: values in, values out. */
#include "lib/rules.h"

#include <errno.h>

#include "lib/size.h"

#define SIZE_SEALS ((unsigned int)(SEALING_SHRINK | SEALING_GROW))
#define WRITE_SEALS ((unsigned int)(SEALING_WRITE | SEALING_FUTURE_WRITE))

unsigned int rules_required_seals(enum sealmem_kind kind,
				  enum sealmem_level level)
{
	if (kind == SEALMEM_KIND_WRITABLE)
		return SIZE_SEALS;
	if (kind == SEALMEM_KIND_READONLY && level == SEALMEM_LEVEL_LIVE)
		return SIZE_SEALS | SEALING_SEAL | SEALING_FUTURE_WRITE;
	if (kind == SEALMEM_KIND_READONLY && level == SEALMEM_LEVEL_FROZEN)
		return SIZE_SEALS | SEALING_SEAL | SEALING_WRITE;
	return SIZE_SEALS | SEALING_SEAL;
}

unsigned int rules_forbidden_seals(enum sealmem_kind kind)
{
	if (kind == SEALMEM_KIND_WRITABLE)
		return WRITE_SEALS | SEALING_SEAL;
	return kind == SEALMEM_KIND_UNSAFE ? WRITE_SEALS : 0;
}

static bool is_size_sealed(unsigned int seals)
{
	return (seals & SIZE_SEALS) == SIZE_SEALS;
}

enum sealmem_level rules_level(unsigned int seals)
{
	if (!is_size_sealed(seals))
		return SEALMEM_LEVEL_FILE;
	if (seals & SEALING_WRITE)
		return SEALMEM_LEVEL_FROZEN;
	if (seals & SEALING_FUTURE_WRITE)
		return SEALMEM_LEVEL_LIVE;
	return SEALMEM_LEVEL_DESCRIPTOR;
}

enum sealmem_refusal rules_check_declared(enum sealmem_kind kind,
					  const struct sealmem_descriptor *d,
					  const struct sealmem_policy *policy,
					  size_t page)
{
	if (d->kind != (uint32_t)kind)
		return SEALMEM_REFUSAL_KIND;
	if (d->size == 0)
		return SEALMEM_REFUSAL_SIZE_ZERO;
	if (!size_is_valid(d->size, page, policy->flags & SEALMEM_POLICY_LARGE))
		return SEALMEM_REFUSAL_SIZE_LIMIT;
	if (policy->size_max != 0 && d->size > policy->size_max)
		return SEALMEM_REFUSAL_SIZE_LIMIT;
	if (sealmem_token_is_empty(d->token))
		return SEALMEM_REFUSAL_TOKEN;
	return SEALMEM_REFUSAL_NONE;
}

/* Without seals on the size there is one question left: can it be mapped? */
static enum sealmem_refusal check_unsealed(unsigned int surplus)
{
	return surplus & WRITE_SEALS ? SEALMEM_REFUSAL_WRITE_SEALED :
				       SEALMEM_REFUSAL_NONE;
}

enum sealmem_refusal rules_check_seals(enum sealmem_kind kind,
				       unsigned int seals, uint32_t flags)
{
	bool upstream = flags & SEALMEM_POLICY_UPSTREAM;
	unsigned int surplus = seals & rules_forbidden_seals(kind);

	if ((flags & SEALMEM_POLICY_UNSEALED) && !is_size_sealed(seals))
		return check_unsealed(surplus);
	if (!(seals & SEALING_SHRINK))
		return SEALMEM_REFUSAL_NO_SHRINK_SEAL;
	if (!(seals & SEALING_GROW))
		return SEALMEM_REFUSAL_NO_GROW_SEAL;
	if (surplus & WRITE_SEALS)
		return SEALMEM_REFUSAL_WRITE_SEALED;
	if ((surplus & SEALING_SEAL) && !upstream)
		return SEALMEM_REFUSAL_SEAL_SEALED;
	if (kind == SEALMEM_KIND_WRITABLE)
		return SEALMEM_REFUSAL_NONE;
	if (!(seals & SEALING_SEAL))
		return SEALMEM_REFUSAL_NO_SEAL_SEAL;
	if (kind == SEALMEM_KIND_READONLY && !(seals & WRITE_SEALS) &&
	    !upstream)
		return SEALMEM_REFUSAL_NO_WRITE_SEAL;
	return SEALMEM_REFUSAL_NONE;
}

/* Upstream has x bits before Linux 6.3, and never a write seal to forge. */
static bool is_mode_bad(const struct sealing_file *file, unsigned int seals,
			bool upstream)
{
	return file->is_executable && !(upstream && !(seals & WRITE_SEALS));
}

enum sealmem_refusal rules_check_file(const struct sealing_file *file,
				      unsigned int seals, uint64_t size,
				      size_t page, uint32_t flags)
{
	bool upstream = flags & SEALMEM_POLICY_UPSTREAM;
	size_t rounded;

	if (!file->is_regular)
		return SEALMEM_REFUSAL_NOT_SHMEM;
	if (is_mode_bad(file, seals, upstream))
		return SEALMEM_REFUSAL_EXECUTABLE;
	if (upstream && file->size == size)
		return SEALMEM_REFUSAL_NONE;
	if (size_round_up(size, page, &rounded) < 0 || file->size != rounded)
		return SEALMEM_REFUSAL_SIZE_MISMATCH;
	return SEALMEM_REFUSAL_NONE;
}

enum sealmem_refusal rules_check_access(enum sealmem_kind kind,
					enum sealing_access access)
{
	enum sealing_access wanted = kind == SEALMEM_KIND_READONLY ?
					     SEALING_ACCESS_READ :
					     SEALING_ACCESS_BOTH;

	return access == wanted ? SEALMEM_REFUSAL_NONE :
				  SEALMEM_REFUSAL_ACCESS_MODE;
}

enum sealmem_refusal rules_check_hole(uint64_t first_hole, uint64_t file_size,
				      uint32_t flags)
{
	if (first_hole == file_size ||
	    (flags & (SEALMEM_POLICY_HOLES | SEALMEM_POLICY_UPSTREAM)))
		return SEALMEM_REFUSAL_NONE;
	return SEALMEM_REFUSAL_HOLE;
}

int rules_error(enum sealmem_refusal refusal)
{
	switch (refusal) {
	case SEALMEM_REFUSAL_NONE:
		return 0;
	case SEALMEM_REFUSAL_KIND:
	case SEALMEM_REFUSAL_TOKEN:
	case SEALMEM_REFUSAL_SIZE_ZERO:
	case SEALMEM_REFUSAL_SIZE_LIMIT:
	case SEALMEM_REFUSAL_MESSAGE_SIZE:
	case SEALMEM_REFUSAL_MESSAGE_MAGIC:
	case SEALMEM_REFUSAL_MESSAGE_VERSION:
	case SEALMEM_REFUSAL_MESSAGE_LABEL:
	case SEALMEM_REFUSAL_DESCRIPTOR_COUNT:
	case SEALMEM_REFUSAL_CONTROL:
	case SEALMEM_REFUSAL_GENERATION:
	case SEALMEM_REFUSAL_TEXT_FIELDS:
	case SEALMEM_REFUSAL_TEXT_DESCRIPTOR:
	case SEALMEM_REFUSAL_TEXT_METHOD:
	case SEALMEM_REFUSAL_TEXT_TOKEN:
	case SEALMEM_REFUSAL_TEXT_SIZE:
	case SEALMEM_REFUSAL_REQUEST:
		return -EBADMSG;
	case SEALMEM_REFUSAL_JUDGED:
		return -EACCES;
	default:
		return -EPROTO;
	}
}
