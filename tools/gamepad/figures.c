/* SPDX-License-Identifier: MIT */
#include "tools/gamepad/figures.h"

static uint64_t since(uint64_t then_us, uint64_t now_us)
{
	return now_us > then_us ? now_us - then_us : 0;
}

void figures_advance(struct figures *figures, uint64_t now_us)
{
	uint64_t age_us = since(figures->begin_us, now_us);
	bool whole = figures->begin_us && age_us < 2 * FIGURES_WINDOW_US;

	if (figures->begin_us && age_us < FIGURES_WINDOW_US)
		return;
	/* After a long silence there is nothing new enough to be kept. */
	figures->before_us = whole ? age_us : 0;
	figures->from_publish[1] = whole ? figures->from_publish[0] :
					   (struct histogram){ 0 };
	figures->from_event[1] = whole ? figures->from_event[0] :
					 (struct histogram){ 0 };
	figures->from_publish[0] = (struct histogram){ 0 };
	figures->from_event[0] = (struct histogram){ 0 };
	figures->begin_us = now_us;
}

void figures_add(struct figures *figures, uint64_t now_us,
		 const struct sealmem_gamepad *pad)
{
	figures_advance(figures, now_us);
	histogram_add(&figures->from_publish[0],
		      since(pad->publish_time_us, now_us));
	histogram_add(&figures->from_event[0],
		      since(pad->event_time_us, now_us));
}

double figures_rate(const struct figures *figures, uint64_t now_us)
{
	uint64_t time_us = since(figures->begin_us, now_us) +
			   figures->before_us;
	uint64_t count = figures->from_publish[0].count +
			 figures->from_publish[1].count;

	/* Of a short time the rate would be a guess. */
	if (!figures->begin_us || time_us < FIGURES_WINDOW_US / 8)
		return 0;
	return (double)count * 1000000 / (double)time_us;
}
