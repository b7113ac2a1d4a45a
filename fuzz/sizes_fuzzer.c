/* SPDX-License-Identifier: MIT */
/*
 * Reaches size_round_up, size_check_range, size_check_array, size_is_valid and
 * the mappings' _at and _array_at functions, which never touch the memory.
 *
 * Input: up to 16 records of an operation (1 byte) and its arguments (numbers).
 *
 * Oracle: the same question answered with sums and products of 128 bits, made
 * of 64-bit halves, and with a division done bit by bit, so that this file
 * shares neither code nor operators with the library. -m32 has no __int128.
 */
#include <errno.h>
#include <sealmem/mapping.h>

#include "fuzz.h"
#include "lib/size.h"

struct wide {
	uint64_t high;
	uint64_t low;
};

static struct wide wide_sum(struct wide a, uint64_t b)
{
	struct wide sum = { a.high, a.low + b };

	sum.high += sum.low < b;
	return sum;
}

/* By adding and doubling. */
static struct wide wide_product(uint64_t a, uint64_t b)
{
	struct wide product = { 0, 0 };

	for (int i = 63; i >= 0; i--) {
		product.high = product.high << 1 | product.low >> 63;
		product.low <<= 1;
		if (b >> i & 1)
			product = wide_sum(product, a);
	}
	return product;
}

static bool wide_is_above(struct wide a, uint64_t limit)
{
	return a.high != 0 || a.low > limit;
}

/* Long division, as on paper. */
static uint64_t remainder_of(uint64_t value, uint64_t divisor)
{
	uint64_t rest = 0;

	for (int i = 63; i >= 0; i--) {
		bool carry = rest >> 63;

		rest = rest << 1 | (value >> i & 1);
		if (carry || rest >= divisor)
			rest -= divisor;
	}
	return rest;
}

static struct wide round_up(uint64_t size, uint64_t unit)
{
	uint64_t rest = remainder_of(size, unit);

	return wide_sum((struct wide){ 0, size }, rest ? unit - rest : 0);
}

/* ---- the operations -------------------------------------------------- */

static size_t take_page(struct fuzz_input *input)
{
	return (size_t)1 << (12 + fuzz_take(input, 1) % 19);
}

static void check_round_up(struct fuzz_input *input)
{
	uint64_t size = fuzz_take_number(input);
	size_t unit = (size_t)fuzz_take_number(input);
	size_t rounded = 0x5a5a5a5a;
	struct wide wanted;
	int ret;

	if (unit == 0)
		unit = 1;
	wanted = round_up(size, unit);
	ret = size_round_up(size, unit, &rounded);
	if (wide_is_above(wanted, SIZE_MAX)) {
		FUZZ_CHECK(ret == -EOVERFLOW);
		FUZZ_CHECK(rounded == 0x5a5a5a5a);
		return;
	}
	FUZZ_CHECK(ret == 0);
	FUZZ_CHECK(rounded == wanted.low);
}

/* Of @length bytes from @offset on inside @limit bytes. */
static int wanted_for(uint64_t offset, struct wide length, uint64_t limit)
{
	struct wide end = wide_sum(length, offset);

	if (end.high != 0)
		return -EOVERFLOW;
	return (length.high | length.low) == 0 || end.low > limit ? -EINVAL : 0;
}

static void check_range(struct fuzz_input *input)
{
	uint64_t offset = fuzz_take_number(input);
	uint64_t size = fuzz_take_number(input);
	uint64_t limit = fuzz_take_number(input);
	struct wide length = { 0, size };

	FUZZ_CHECK(size_check_range(offset, size, limit) ==
		   wanted_for(offset, length, limit));
}

/* Elements of no size are none, however many there are. */
static int wanted_for_array(uint64_t offset, uint64_t count, uint64_t size,
			    uint64_t limit)
{
	return size == 0 ? -EINVAL :
			   wanted_for(offset, wide_product(count, size), limit);
}

static void check_array(struct fuzz_input *input)
{
	uint64_t offset = fuzz_take_number(input);
	uint64_t count = fuzz_take_number(input);
	uint64_t size = fuzz_take_number(input);
	uint64_t limit = fuzz_take_number(input);

	FUZZ_CHECK(size_check_array(offset, count, size, limit) ==
		   wanted_for_array(offset, count, size, limit));
}

static void check_valid(struct fuzz_input *input)
{
	uint64_t size = fuzz_take_number(input);
	size_t page = take_page(input);
	bool is_large = fuzz_take(input, 1) % 2;
	bool wanted = size >= 1 && size <= PTRDIFF_MAX &&
		      (is_large || size <= INT32_MAX) &&
		      !wide_is_above(round_up(size, page), SIZE_MAX);

	FUZZ_CHECK(size_is_valid(size, page, is_large) == wanted);
}

/* Somewhere in the address space: nobody goes there. */
static struct sealmem_readonly_mapping take_mapping(struct fuzz_input *input)
{
	uintptr_t addr = (uintptr_t)fuzz_take_number(input) & ~(uintptr_t)7;
	size_t room = (size_t)(UINTPTR_MAX - addr);
	size_t size = (size_t)fuzz_take_number(input);

	return (struct sealmem_readonly_mapping){
		.addr = (const void *)addr,
		.size = size < room ? size : room,
	};
}

static void check_at(struct fuzz_input *input)
{
	struct sealmem_readonly_mapping view = take_mapping(input);
	struct sealmem_writable_mapping mapping = {
		.addr = (void *)(uintptr_t)view.addr, .size = view.size,
	};
	uint64_t offset = fuzz_take_number(input);
	size_t count = (size_t)fuzz_take_number(input);
	size_t size = (size_t)fuzz_take_number(input);
	size_t alignment = (size_t)1 << fuzz_take(input, 1) % 13;
	uintptr_t found = (uintptr_t)view.addr + (uintptr_t)offset;
	bool is_there;

	is_there = wanted_for_array(offset, count, size, view.size) == 0 &&
		   (found & (alignment - 1)) == 0;
	if (!is_there)
		found = 0;
	FUZZ_CHECK((uintptr_t)sealmem_readonly_mapping_array_at(
			   &view, offset, count, size, alignment) == found);
	FUZZ_CHECK((uintptr_t)sealmem_writable_mapping_array_at(
			   &mapping, offset, count, size, alignment) == found);
	if (count != 1)
		return;
	FUZZ_CHECK((uintptr_t)sealmem_readonly_mapping_at(
			   &view, offset, size, alignment) == found);
	FUZZ_CHECK((uintptr_t)sealmem_writable_mapping_at(
			   &mapping, offset, size, alignment) == found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const operations[])(struct fuzz_input *input) = {
		check_round_up, check_range, check_array, check_valid, check_at,
	};
	size_t count = sizeof(operations) / sizeof(operations[0]);
	struct fuzz_input input = { data, size };

	for (int i = 0; i < 16 && input.size > 0; i++)
		operations[fuzz_take(&input, 1) % count](&input);
	return 0;
}
