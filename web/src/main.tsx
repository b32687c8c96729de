import "@mantine/core/styles.css";
import "./main.css";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { styleNonce } from "./style-nonce.ts";

setNonce(styleNonce);
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the program");
createRoot(root).render(<App />);
