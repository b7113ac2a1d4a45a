/* SPDX-License-Identifier: MIT */
/*
 * Reaches all of lib/rules.h: what is declared, seals, file, access mode and
 * holes; levels, required seals and the errors that refusals become.
 *
 * Input: records of a question (1 byte) and its arguments.
 *
 * Oracle: the table of lib/rules.h, written down again in another form: as
 * reasons to refuse, each on its own. What has no reason must be accepted, what
 * has one must be refused with one of those it has. And the table of kinds that
 * become other kinds, derived from what seals can do: they only ever get more,
 * and not even that once SEAL is there.
 */
#include <errno.h>

#include "fuzz.h"
#include "lib/rules.h"

/* The kernel's numbers. */
enum {
	SEAL = 1,
	SHRINK = 2,
	GROW = 4,
	WRITE = 8,
	FUTURE_WRITE = 16,
	ANY_WRITE = WRITE | FUTURE_WRITE,
};

enum { LARGE = 1, HOLES = 2, UPSTREAM = 4, UNSEALED = 16 };

#define REASON(name) ((uint64_t)1 << SEALMEM_REFUSAL_##name)

static void check_refusal(enum sealmem_refusal refusal, uint64_t reasons)
{
	FUZZ_CHECK((unsigned int)refusal < 64);
	if (reasons == 0)
		FUZZ_CHECK(refusal == SEALMEM_REFUSAL_NONE);
	else
		FUZZ_CHECK(reasons >> refusal & 1);
}

static enum sealmem_kind take_kind(struct fuzz_input *input)
{
	return (enum sealmem_kind)(1 + fuzz_take(input, 1) % 3);
}

/* ---- arrival --------------------------------------------------------- */

static uint64_t seal_reasons(enum sealmem_kind kind, unsigned int seals,
			     uint32_t flags)
{
	bool upstream = flags & UPSTREAM;
	bool is_file = (flags & UNSEALED) &&
		       !((seals & SHRINK) && (seals & GROW));
	bool is_readonly = kind == SEALMEM_KIND_READONLY;
	bool is_writable = kind == SEALMEM_KIND_WRITABLE;
	uint64_t reasons = 0;

	if ((seals & ANY_WRITE) != 0 && !is_readonly)
		reasons |= REASON(WRITE_SEALED);
	/* Where nothing has to be there, too much can still be. */
	if (is_file)
		return reasons;
	if ((seals & SHRINK) == 0)
		reasons |= REASON(NO_SHRINK_SEAL);
	if ((seals & GROW) == 0)
		reasons |= REASON(NO_GROW_SEAL);
	if ((seals & SEAL) == 0 && !is_writable)
		reasons |= REASON(NO_SEAL_SEAL);
	if ((seals & SEAL) != 0 && is_writable && !upstream)
		reasons |= REASON(SEAL_SEALED);
	if ((seals & ANY_WRITE) == 0 && is_readonly && !upstream)
		reasons |= REASON(NO_WRITE_SEAL);
	return reasons;
}

static void check_seals(struct fuzz_input *input)
{
	enum sealmem_kind kind = take_kind(input);
	unsigned int seals = (unsigned int)fuzz_take(input, 4);
	uint32_t flags = (uint32_t)fuzz_take(input, 1);

	check_refusal(rules_check_seals(kind, seals, flags),
		      seal_reasons(kind, seals, flags));
	/* A seal that nobody knows of yet makes no difference. */
	FUZZ_CHECK(rules_check_seals(kind, seals | 1u << 30, flags) ==
		   rules_check_seals(kind, seals & ~(1u << 30), flags));
}

static void check_declared(struct fuzz_input *input)
{
	enum sealmem_kind kind = take_kind(input);
	struct sealmem_descriptor d = { .kind = (uint32_t)fuzz_take(input, 1) };
	struct sealmem_policy policy = {
		.flags = (uint32_t)fuzz_take(input, 1),
	};
	size_t page = (size_t)4096 << fuzz_take(input, 1) % 5;
	uint64_t most = policy.flags & LARGE ? PTRDIFF_MAX : INT32_MAX;
	uint64_t reasons = 0;

	d.size = fuzz_take_number(input);
	policy.size_max = fuzz_take_number(input);
	d.token.high = fuzz_take(input, 1);
	d.token.low = fuzz_take(input, 1);

	if (d.kind != (uint32_t)kind)
		reasons |= REASON(KIND);
	if (d.size == 0)
		reasons |= REASON(SIZE_ZERO);
	if (d.size > most || (policy.size_max && d.size > policy.size_max))
		reasons |= REASON(SIZE_LIMIT);
	if (d.token.high == 0 && d.token.low == 0)
		reasons |= REASON(TOKEN);
	check_refusal(rules_check_declared(kind, &d, &policy, page), reasons);
}

/* The smallest whole number of pages that holds it, if there is one. */
static bool is_rounded(uint64_t rounded, uint64_t size, uint64_t page)
{
	return rounded <= SIZE_MAX && rounded % page == 0 && rounded >= size &&
	       rounded - size < page;
}

static void check_file(struct fuzz_input *input)
{
	struct sealing_file file = { .size = fuzz_take_number(input) };
	unsigned int seals = (unsigned int)fuzz_take(input, 1);
	uint64_t size = fuzz_take_number(input);
	size_t page = (size_t)4096 << fuzz_take(input, 1) % 5;
	uint32_t flags = (uint32_t)fuzz_take(input, 1);
	uint64_t bits = fuzz_take(input, 1), reasons = 0;
	bool upstream = flags & UPSTREAM;

	file.is_regular = bits & 1;
	file.is_executable = bits & 2;
	if (!file.is_regular)
		reasons |= REASON(NOT_SHMEM);
	if (file.is_executable && (!upstream || (seals & ANY_WRITE) != 0))
		reasons |= REASON(EXECUTABLE);
	if (!is_rounded(file.size, size, page) &&
	    !(upstream && file.size == size))
		reasons |= REASON(SIZE_MISMATCH);
	check_refusal(rules_check_file(&file, seals, size, page, flags),
		      reasons);
}

static void check_access(struct fuzz_input *input)
{
	static const enum sealing_access modes[] = {
		SEALING_ACCESS_NONE, SEALING_ACCESS_READ, SEALING_ACCESS_WRITE,
		SEALING_ACCESS_BOTH,
	};
	enum sealmem_kind kind = take_kind(input);
	enum sealing_access access = modes[fuzz_take(input, 1) % 4];
	bool is_right = kind == SEALMEM_KIND_READONLY ?
				access == SEALING_ACCESS_READ :
				access == SEALING_ACCESS_BOTH;

	check_refusal(rules_check_access(kind, access),
		      is_right ? 0 : REASON(ACCESS_MODE));
}

static void check_hole(struct fuzz_input *input)
{
	uint64_t size = fuzz_take_number(input);
	uint64_t hole = fuzz_take(input, 1) % 2 ? size :
						  fuzz_take_number(input);
	uint32_t flags = (uint32_t)fuzz_take(input, 1);
	bool may_have_holes = (flags & HOLES) || (flags & UPSTREAM);

	check_refusal(rules_check_hole(hole, size, flags),
		      hole != size && !may_have_holes ? REASON(HOLE) : 0);
}

/* What is declared is the message's fault, what it is the descriptor's. */
static void check_error(struct fuzz_input *input)
{
	uint64_t declared = REASON(KIND) | REASON(TOKEN) | REASON(SIZE_ZERO) |
			    REASON(SIZE_LIMIT) | REASON(MESSAGE_SIZE) |
			    REASON(MESSAGE_MAGIC) | REASON(MESSAGE_VERSION) |
			    REASON(MESSAGE_LABEL) | REASON(DESCRIPTOR_COUNT) |
			    REASON(CONTROL) | REASON(TEXT_FIELDS) |
			    REASON(TEXT_DESCRIPTOR) | REASON(TEXT_METHOD) |
			    REASON(TEXT_TOKEN) | REASON(TEXT_SIZE) |
			    REASON(GENERATION) | REASON(REQUEST);
	unsigned int refusal = (unsigned int)fuzz_take(input, 1) % 64;
	int wanted = declared >> refusal & 1 ? -EBADMSG : -EPROTO;

	if (refusal == SEALMEM_REFUSAL_SYSTEM)
		return;
	if (refusal == SEALMEM_REFUSAL_NONE)
		wanted = 0;
	if (refusal == SEALMEM_REFUSAL_JUDGED)
		wanted = -EACCES;
	FUZZ_CHECK(rules_error((enum sealmem_refusal)refusal) == wanted);
}

/* ---- conversion ------------------------------------------------------ */

static const struct form {
	enum sealmem_kind kind;
	enum sealmem_level level;
	unsigned int seals;
	/* Can a writable region become it? No other form becomes any. */
	bool is_reachable;
} forms[] = {
	{ SEALMEM_KIND_WRITABLE, SEALMEM_LEVEL_NONE, SHRINK | GROW, false },
	{ SEALMEM_KIND_UNSAFE, SEALMEM_LEVEL_NONE, SHRINK | GROW | SEAL, true },
	{ SEALMEM_KIND_READONLY, SEALMEM_LEVEL_LIVE,
	  SHRINK | GROW | SEAL | FUTURE_WRITE, true },
	{ SEALMEM_KIND_READONLY, SEALMEM_LEVEL_FROZEN,
	  SHRINK | GROW | SEAL | WRITE, true },
};

/* Do these seals make it this form, by the library's own rules? */
static bool has_form(const struct form *form, unsigned int seals)
{
	if (rules_check_seals(form->kind, seals, 0) != SEALMEM_REFUSAL_NONE)
		return false;
	return form->kind != SEALMEM_KIND_READONLY ||
	       rules_level(seals) == form->level;
}

/* What the kernel makes of it: all of the new seals, or none. */
static unsigned int add_seals(unsigned int seals, unsigned int more)
{
	return seals & SEAL ? seals : seals | more;
}

static void check_conversion(struct fuzz_input *input)
{
	const struct form *from = &forms[fuzz_take(input, 1) % 4];
	const struct form *to = &forms[fuzz_take(input, 1) % 4];
	unsigned int seals = from->seals | (unsigned int)fuzz_take(input, 1);
	unsigned int wanted = rules_required_seals(to->kind, to->level);
	bool is_legal = from->kind == SEALMEM_KIND_WRITABLE && to->is_reachable;

	FUZZ_CHECK(wanted == to->seals);
	FUZZ_CHECK(has_form(to, wanted));
	/* Seals beyond the required ones may have made it something else. */
	if (from == to || !has_form(from, seals))
		return;
	FUZZ_CHECK(has_form(to, add_seals(seals, wanted)) == is_legal);
}

static void check_level(struct fuzz_input *input)
{
	unsigned int seals = (unsigned int)fuzz_take(input, 1);
	enum sealmem_level wanted = SEALMEM_LEVEL_DESCRIPTOR;

	if (seals & FUTURE_WRITE)
		wanted = SEALMEM_LEVEL_LIVE;
	if (seals & WRITE)
		wanted = SEALMEM_LEVEL_FROZEN;
	if (!(seals & SHRINK) || !(seals & GROW))
		wanted = SEALMEM_LEVEL_FILE;
	FUZZ_CHECK(rules_level(seals) == wanted);
	FUZZ_CHECK(rules_required_seals(SEALMEM_KIND_READONLY,
					SEALMEM_LEVEL_DESCRIPTOR) ==
		   (SHRINK | GROW | SEAL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const questions[])(struct fuzz_input *input) = {
		check_seals, check_declared, check_file,       check_access,
		check_hole,  check_error,    check_conversion, check_level,
	};
	struct fuzz_input input = { data, size };

	for (int i = 0; i < 16 && input.size > 0; i++)
		questions[fuzz_take(&input, 1) % 8](&input);
	return 0;
}
