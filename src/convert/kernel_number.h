/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels of arithmetic and of the functions on numbers. The suffix is the kind of both inputs. */
#ifndef WH_CONVERT_KERNEL_NUMBER_H
#define WH_CONVERT_KERNEL_NUMBER_H

#include "convert/kernel.h"

/* Whole numbers: the result's bits bound it (kernel_int.c). */
wh_kernel wh_int_add;
wh_kernel wh_int_subtract;
wh_kernel wh_int_multiply;
wh_kernel wh_int_divide;
wh_kernel wh_int_remainder;
wh_kernel wh_int_negate;
wh_kernel wh_int_abs;
wh_kernel wh_int_bit_and;
wh_kernel wh_int_bit_or;
wh_kernel wh_int_bit_xor;
wh_kernel wh_int_bit_not;

/* Doubles and reals (kernel_float.c). */
wh_kernel wh_float_add;
wh_kernel wh_float_subtract;
wh_kernel wh_float_multiply;
wh_kernel wh_float_divide;
wh_kernel wh_float_negate;
wh_kernel wh_float_abs;
wh_kernel wh_float_sign;
wh_kernel wh_float_round;
wh_kernel wh_float_trunc;
wh_kernel wh_float_ceil;
wh_kernel wh_float_floor;
wh_kernel wh_float_sqrt;
wh_kernel wh_float_power;

/* Numerics (kernel_numeric.c). */
wh_kernel wh_numeric_kernel_add;
wh_kernel wh_numeric_kernel_subtract;
wh_kernel wh_numeric_kernel_multiply;
wh_kernel wh_numeric_kernel_divide;
wh_kernel wh_numeric_kernel_remainder;
wh_kernel wh_numeric_kernel_negate;
wh_kernel wh_numeric_kernel_abs;
wh_kernel wh_numeric_kernel_sign;
wh_kernel wh_numeric_kernel_round; /* to whole numbers, or to inputs[1] digits */
wh_kernel wh_numeric_kernel_trunc;
wh_kernel wh_numeric_kernel_ceil;
wh_kernel wh_numeric_kernel_floor;

#endif
