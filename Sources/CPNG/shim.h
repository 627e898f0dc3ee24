#ifndef INTRAFUSION_CPNG_H
#define INTRAFUSION_CPNG_H

#include <png.h>

#endif
