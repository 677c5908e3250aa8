// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three pictures above each other: how much of the attainable gain machines got, by how much
 * there was; how soon it was there; how often a lever was changed, by day.
 */
#include <stdio.h>
#include <string.h>

#include "plot.h"
#include "util/util.h"

#define DOTS   2500
#define WIDTH  760.0
#define HEIGHT 220.0
#define LEFT   70.0
#define RIGHT  20.0
#define TOP    40.0

static struct {
	struct dot {
		double best, share;
	} dot[DOTS];
	size_t dots;
	double changes[SIM_DAYS], best[SIM_DAYS], attained[SIM_DAYS];
	uint64_t machines;
} all;

void plot_add(const struct run *run, uint64_t i)
{
	double best = machine_best(&run->machine);

	all.machines++;
	for (int d = 0; d < SIM_DAYS; d++) {
		all.changes[d] += run->day[d].changes;
		all.best[d] += run->day[d].best_s;
		all.attained[d] += run->day[d].attained_s;
	}
	if (best > 0 && run->usable_best_s > 0 && all.dots < DOTS)
		all.dot[all.dots++] =
			(struct dot){ best, run->attained_s / run->usable_best_s };
}

struct panel {
	FILE *f;
	double y; /* of its top */
	double x_max, y_max;
};

static double px(const struct panel *p, double x)
{
	return LEFT + x / p->x_max * (WIDTH - LEFT - RIGHT);
}

static double py(const struct panel *p, double y)
{
	return p->y + HEIGHT - y / p->y_max * HEIGHT;
}

static void text(const struct panel *p, double x, double y, const char *anchor, const char *s)
{
	fprintf(p->f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
		anchor, s);
}

static void axes(const struct panel *p, const char *title, const char *below)
{
	char label[32];

	text(p, LEFT, p->y - 12, "start", title);
	text(p, WIDTH - RIGHT, p->y + HEIGHT + 32, "end", below);
	for (int i = 0; i <= 4; i++) {
		double y = p->y_max * i / 4, x = p->x_max * i / 4;

		fprintf(p->f, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n", LEFT, py(p, y),
			WIDTH - RIGHT);
		snprintf(label, sizeof(label), "%.3g", y);
		text(p, LEFT - 8, py(p, y) + 4, "end", label);
		snprintf(label, sizeof(label), "%.3g", x);
		text(p, px(p, x), p->y + HEIGHT + 16, "middle", label);
	}
}

static void draw_gain(FILE *f, double y)
{
	struct panel p = { f, y, 100, 100 };

	axes(&p, "attained, % of the attainable gain; a dot is a machine",
	     "attainable: the objective falls by, %");
	for (size_t i = 0; i < all.dots; i++) {
		const struct dot *d = &all.dot[i];

		fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.8\"/>\n",
			px(&p, 100 * d->best), py(&p, 100 * (d->share < 1 ? d->share : 1)));
	}
}

static void draw_days(FILE *f, double y, double days, const char *title,
		      double (*value)(int day), double y_max)
{
	struct panel p = { f, y, days, y_max };

	axes(&p, title, "day");
	fprintf(f, "<path class=\"line\" d=\"");
	for (int d = 0; d < days; d++) {
		double v = value(d) < y_max ? value(d) : y_max;

		fprintf(f, "%s%.1f %.1fH%.1f", d ? "L" : "M", px(&p, d), py(&p, v),
			px(&p, d + 1));
	}
	fprintf(f, "\"/>\n");
}

static double gain_of_day(int d)
{
	return all.best[d] > 0 ? 100 * all.attained[d] / all.best[d] : 0;
}

static double changes_of_day(int d)
{
	return all.changes[d] / (all.machines * SIM_LEVERS);
}

int plot_write(const char *path, double days)
{
	double step = HEIGHT + 90;
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		return -1;
	}
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\">\n"
		"<style>text{font:12px sans-serif;fill:#333}circle{fill:#2a6f97;"
		"fill-opacity:.45}.grid{stroke:#ddd}.line{stroke:#2a6f97;stroke-width:2;"
		"fill:none}</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		WIDTH, TOP + 3 * step);
	draw_gain(f, TOP);
	draw_days(f, TOP + step, days, "attained of the attainable gain, all machines, %",
		  gain_of_day, 100);
	draw_days(f, TOP + 2 * step, days, "changes of a lever, mean of all", changes_of_day,
		  8);
	fprintf(f, "</svg>\n");
	if (fclose(f)) {
		perror(path);
		return -1;
	}
	return 0;
}
