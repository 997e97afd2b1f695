/** Shows the dashboard. */
import "@/styles.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toaster } from "sonner";

import { queryClient } from "@/api/query";
import { TooltipProvider } from "@/components/ui/tooltip";
import { applyTheme } from "@/lib/theme";
import { loadAhead } from "@/lib/load-ahead";
import { router } from "@/router";

applyTheme();
const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <TooltipProvider delayDuration={300}>
        <RouterProvider router={router} />
        <Toaster position="bottom-right" closeButton />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
loadAhead(router);
