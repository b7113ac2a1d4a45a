/* SPDX-License-Identifier: MIT */
#ifndef SEALMEM_SELFTESTS_JUDGE_H
#define SEALMEM_SELFTESTS_JUDGE_H

#include "selftests/routes/routes.h"

/**
 * struct attack_report - What an attacker says, in memory shared with it
 * @failure: Negative errno: it could not even begin
 * @writable: It got an O_RDWR descriptor
 * @reopened: It got that by opening the memory again
 * @owner: The memory is its own, or it may do what owners do
 * @finished: @ret is there
 * @ret: Of the route's attempt
 * @why: Why it could not be tried
 */
struct attack_report {
	int failure;
	bool writable;
	bool reopened;
	bool owner;
	bool finished;
	int ret;
	char why[96];
};

/* Fills in all that follows from the answer, which is there already. */
void attack_judge(const struct route *route, const struct attack_target *target,
		  const struct attack_report *report,
		  const struct attack_state *before,
		  const struct attack_state *after,
		  struct attack_result *result);

#endif
